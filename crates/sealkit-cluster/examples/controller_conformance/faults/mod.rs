//! What goes wrong outside of the controller: the way to the API server, the server itself, and what people put there.

mod admin;
mod away;
mod broken;
mod objects;
mod proxy;
mod rules;
mod trouble;

use anyhow::Result;

use crate::bench::{Bench, Tally, until};
pub(crate) use admin::{Admin, Fleet};
use proxy::Proxy;

/// How many objects are there before anything goes wrong.
const OBJECTS: usize = 200;

/// What the faults need: objects, hands and a proxy.
struct Field {
    proxy: Proxy,
    admin: Admin,
    fleet: Fleet,
    round: usize,
}

pub(crate) fn all(bench: &mut Bench<'_>, tally: &mut Tally) -> Result<()> {
    let mut field = Field {
        proxy: Proxy::start(&bench.cluster)?,
        admin: Admin::start(&bench.cluster)?,
        fleet: Fleet::new(bench)?,
        round: 0,
    };
    bench.stop()?;
    bench.through = Some(field.proxy.port);
    bench.start_ours(&[])?;
    let deeds = (0..OBJECTS).map(|at| field.fleet.add(format!("fleet-{at}")));
    let deeds = deeds.collect();
    field.admin.all(deeds)?;
    until("right state", || Ok(field.fleet.wrong(&field.admin)? == 0))?;
    trouble::all(bench, &mut field, tally)?;
    away::all(bench, &mut field, tally)?;
    let alive = bench
        .controller
        .as_mut()
        .map_or(Ok(false), |controller| controller.must_run().map(|()| true));
    tally.check("the controller has lived through all of it", alive);
    bench.through = None;
    bench.stop()?;
    bench.start_ours(&[])?;
    bench.clear()?;
    objects::all(bench, &field.admin, tally)?;
    broken::all(bench, &field.admin, tally)?;
    // they would keep it busy while they go
    bench.stop()?;
    bench.clear()?;
    bench.start_ours(&[])
}
