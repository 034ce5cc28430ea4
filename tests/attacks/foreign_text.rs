//! Foreign text is cleaned before it reaches a terminal, a log, a comment or a page.
