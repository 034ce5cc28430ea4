//! Serves the emulator until killed and says where on standard output, one JSON line a service.
//! For contract tests and for trying things by hand; everything it does is in the library.

use std::io::Write;
use tokenward_emulator::{Emulator, Service};

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let emulator = Emulator::new();
    let served = emulator.serve().await?;
    let mut out = std::io::stdout();
    for service in Service::ALL {
        writeln!(out, r#"{{"service":"{}","url":"{}"}}"#, service.id(), served.url(*service))?;
    }
    writeln!(out, r#"{{"service":"control","url":"{}"}}"#, served.control_url())?;
    out.flush()?;
    tokio::signal::ctrl_c().await?;
    served.stop().await;
    Ok(())
}
