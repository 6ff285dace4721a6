//! An empty world on a port: `cargo run -p secmon-lab --example serve -- 127.0.0.1:4599`.

use std::net::SocketAddr;

use jiff::Timestamp;
use secmon_lab::serve::{Clock, Server};
use secmon_lab::world::{Settings, World};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:4599".to_owned());
    let now: Timestamp = "2026-09-14T01:49:22Z".parse()?;
    let world = World::new(now, Settings::default());
    let server = Server::bind(world, address.parse::<SocketAddr>()?, Clock::Still).await?;
    server.serve().await;
    Ok(())
}
