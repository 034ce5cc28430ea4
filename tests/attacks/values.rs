//! Values are neither shown nor sent to another provider.
