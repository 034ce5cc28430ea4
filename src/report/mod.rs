//! Reports of a command's result, for people and for programs. Uses only `domain`; returns text and
//! prints nothing.

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
mod received;
mod repositories;
mod sarif;
mod tested;
mod timeline;
mod tokens;

pub use checks::{Check, DoctorReport, Look, checks};
pub use command_output::{CommandOutput, Places};
pub use findings::findings;
pub use forecasts::forecasts;
pub use json::{
    PlanReport, ProvidersReport, Row, ScanReport, StatusDetails, Summary, TokensReport,
};
pub use junit::junit;
pub use markdown::{Links, markdown};
pub use page::{IssueLink, PageLinks, PagePart, is_stale, page};
pub use paint::{NARROW, Paint};
pub use providers::{ProviderRow, provider, providers};
pub use received::{Received, Trust, received};
pub use repositories::repositories;
pub use sarif::sarif;
pub use tokens::tokens;
