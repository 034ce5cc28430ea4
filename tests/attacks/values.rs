//! Values are neither shown nor sent to another provider.

use super::support::{FOUR, World};

fn variable(world: &World, name: &str) -> String {
    world.env[name].clone()
}

#[tokio::test(start_paused = true)]
async fn c4_a_line_break_at_the_end_of_a_pasted_value_is_not_part_of_it() {
    for (before, behind) in [("", "\n"), ("", "\r\n"), (" ", "\t"), ("\u{feff}", "")] {
        let mut world = World::new(FOUR);
        let pasted = |value: &str| format!("{before}{value}{behind}");
        let (old, manager) = (pasted(&world.old), pasted(&world.manager));
        let github = pasted(&variable(&world, "TOKENWARD_GITHUB_TOKEN"));
        for (name, value) in [("SENDGRID_API_KEY", old), ("SENDGRID_MANAGER_KEY", manager), ("TOKENWARD_GITHUB_TOKEN", github)] {
            world.env.insert(name.to_owned(), value);
        }
        world.run(&["rotate"]).await.expect(0);
    }
}
