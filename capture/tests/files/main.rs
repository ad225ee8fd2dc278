//! Reading and writing capture files, on captures of other tools and on our own.

mod captures;
mod damage;
mod native;
mod old;
mod rotation;
mod round_trip;
mod support;
mod tools;
