//! Reading and writing capture files, on captures of other tools and on our own.

mod captures;
mod round_trip;
mod support;
