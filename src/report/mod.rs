//! Reports: what a command found out, for people and for programs. Sees only `domain`; gets text
//! and gives text; prints nothing.

mod checks;
mod command_output;
mod findings;
mod forecasts;
mod json;
mod junit;
mod life;
mod markdown;
mod page;
mod paint;
mod providers;
mod sarif;
mod timeline;
mod tokens;

pub use checks::{Check, DoctorReport, Look, checks};
pub use command_output::{CommandOutput, Places};
pub use findings::findings;
pub use forecasts::forecasts;
pub use json::{PlanReport, ProvidersReport, Row, ScanReport, Summary, TokensReport};
pub use junit::junit;
pub use markdown::{Links, markdown};
pub use page::{PageLinks, PagePart, page};
pub use paint::{NARROW, Paint};
pub use providers::{ProviderRow, provider, providers};
pub use sarif::sarif;
pub use tokens::{status, tokens};
