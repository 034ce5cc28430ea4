#!/usr/bin/env node
// Runs the binary that npm installed beside this package for this platform: same arguments, streams, signals and exit code.
"use strict";
const { spawn } = require("node:child_process");
const { optionalDependencies, version } = require("../package.json");

const name = `@tokenward/${process.platform}-${process.arch}`;

function fail(message, hint) {
  console.error(`error[usage]: ${message}\n  = hint:  ${hint}`);
  process.exit(2);
}

function find() {
  try {
    return require.resolve(`${name}/bin/tokenward${process.platform === "win32" ? ".exe" : ""}`);
  } catch {
    if (name in optionalDependencies) {
      fail(
        `the package ${name} is not installed, and it contains the binary for this platform`,
        `install tokenward again without --omit=optional or --no-optional, or add ${name}@${version}`,
      );
    }
    const platforms = Object.keys(optionalDependencies).map((known) => known.split("/")[1]);
    fail(
      `tokenward ${version} has no npm package for ${process.platform}-${process.arch}`,
      `there are packages for ${platforms.join(", ")}; elsewhere, build it with \`cargo install --locked tokenward\``,
    );
  }
}

const binary = find();
let child;
// Before the start, so that no signal ends this process and leaves the program running.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
  process.on(signal, () => child.kill(signal));
}
child = spawn(binary, process.argv.slice(2), { stdio: "inherit", windowsHide: true });
child.on("error", (error) => fail(`cannot start the binary of ${name}: ${error.message}`, "install tokenward again"));
child.on("exit", (status, signal) => {
  if (signal === null) {
    process.exit(status);
  }
  // Dies of the same signal, as a shell expects it.
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
});
