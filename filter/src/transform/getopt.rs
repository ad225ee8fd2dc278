//! Options of a command line, read by the rules of POSIX getopt: options first, `--` and the first other
//! argument end them, unknown ones are passed over.

use std::ops::ControlFlow;

use crate::field::Env;
use crate::operand::Operand;
use crate::pool::Pool;

/// Called with each option and its value: `None` for options without one, empty when it is missing.
pub(super) type VisitOption<'v> = dyn FnMut(u8, Option<&[u8]>) -> ControlFlow<()> + 'v;

/// Finds the options in `args` that `spec` names.
pub(super) fn each(
    args: &Operand,
    spec: &Operand,
    env: Env<'_>,
    pool: &mut Pool,
    visit: &mut VisitOption<'_>,
) -> ControlFlow<()> {
    let mut list: Vec<Vec<u8>> = Vec::new();
    let _ = args.each(env, pool, &mut |value| {
        list.push(value.bytes().unwrap_or_default().to_vec());
        ControlFlow::Continue(())
    });
    let mut buffer = pool.take();
    let flow = match spec.value(env, &mut buffer, pool).and_then(|v| v.bytes()) {
        Some(spec) => scan(&list, spec, visit),
        None => ControlFlow::Continue(()),
    };
    pool.give(buffer);
    flow
}

fn scan(args: &[Vec<u8>], spec: &[u8], visit: &mut VisitOption<'_>) -> ControlFlow<()> {
    let leading = spec.iter().take_while(|b| matches!(b, b'+' | b'-' | b':')).count();
    // `+` and `-` are options of their own unless they lead.
    let spec = if leading > 0 && spec.len() > leading { &spec[leading..] } else { spec };
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        let Some((b'-', cluster)) = arg.split_first() else { break };
        if cluster.is_empty() || cluster == b"-" {
            break;
        }
        let mut rest = cluster;
        while let Some((&option, after)) = rest.split_first() {
            rest = after;
            let Some(at) = spec.iter().position(|&b| b == option && b != b':') else { continue };
            let colons = spec[at + 1..].iter().take_while(|&&b| b == b':').count();
            match colons {
                0 => visit(option, None)?,
                1 if after.is_empty() => {
                    visit(option, Some(args.next().map_or(&[][..], Vec::as_slice)))?;
                    break;
                }
                2.. if after.is_empty() => visit(option, None)?,
                _ => {
                    visit(option, Some(after))?;
                    break;
                }
            }
        }
    }
    ControlFlow::Continue(())
}
