//! Reports: what a verb found out, for people and for programs. Sees only `domain`; gets text and gives text; prints nothing.

mod findings;
mod forecasts;
mod json;
mod paint;
mod platforms;
mod tokens;

pub use findings::findings;
pub use forecasts::forecasts;
pub use json::{PlanReport, PlatformsReport, ScanReport, Summary, TokensReport};
pub use paint::Paint;
pub use platforms::{PlatformRow, platform, platforms};
pub use tokens::{status, tokens};
