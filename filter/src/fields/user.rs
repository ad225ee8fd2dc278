//! `user.*` and `group.*`.

use cscope_capture::UserEntry;

use super::{int, text, thread, uint};
use crate::field::{Env, Field, Needs, One};
use crate::{Kind, Print, Value};

const NEEDS: Needs = Needs::THREADS.or(Needs::USERS);

const fn row(name: &'static str, kind: Kind, doc: &'static str, example: &'static str, one: One) -> Field {
    Field::new(name, kind, doc, example, one).without_args().needs(NEEDS)
}

pub(super) const USER: &[Field] = &[
    row("user.uid", Kind::Uint, "User id.", "user.uid = 0", |env, _, _| uint(thread(env)?.info.uid.into()))
        .print(Print::Id),
    row(
        "user.name",
        Kind::Text,
        "Name of the user, in a container by the user table of the container.",
        "user.name = root",
        |env, _, _| of_user(env, thread(env)?.info.uid, |u| &u.name),
    ),
    row("user.homedir", Kind::Text, "Home directory of the user.", "user.homedir = /root", |env, _, _| {
        of_user(env, thread(env)?.info.uid, |u| &u.home)
    }),
    row("user.shell", Kind::Text, "Login shell of the user.", "user.shell endswith bash", |env, _, _| {
        of_user(env, thread(env)?.info.uid, |u| &u.shell)
    }),
    row(
        "user.loginuid",
        Kind::Int,
        "Id of the user who logged in, -1 for processes outside of sessions.",
        "user.loginuid = -1",
        |env, _, _| match thread(env)?.info.loginuid {
            u32::MAX => int(-1),
            uid => int(uid.into()),
        },
    )
    .print(Print::Id),
    row(
        "user.loginname",
        Kind::Text,
        "Name of the user who logged in.",
        "user.loginname = root",
        |env, _, _| of_user(env, thread(env)?.info.loginuid, |u| &u.name),
    ),
];

pub(super) const GROUP: &[Field] = &[
    row("group.gid", Kind::Uint, "Group id.", "group.gid = 0", |env, _, _| {
        uint(thread(env)?.info.gid.into())
    })
    .print(Print::Id),
    row("group.name", Kind::Text, "Name of the group.", "group.name = root", |env, _, _| {
        let thread = thread(env)?;
        if !env.text.resolve_users {
            return None;
        }
        let group = env.cx.state.users().group(&thread.container_id, thread.info.gid);
        text(group.map_or(UNKNOWN, |g| &g.name))
    }),
];

/// What stands for a user or group that has no entry.
const UNKNOWN: &[u8] = b"<NA>";

fn of_user<'a>(env: Env<'a>, uid: u32, part: fn(&UserEntry) -> &[u8]) -> Option<Value<'a>> {
    if !env.text.resolve_users {
        return None;
    }
    let user = env.cx.state.users().user(&thread(env)?.container_id, uid);
    text(user.map_or(UNKNOWN, part))
}
