//! What tokenward writes never follows a link and never leaves the workspace.
