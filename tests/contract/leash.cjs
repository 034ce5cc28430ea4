// Loaded into Prism before it starts: ends it when whoever started it is gone, however that came about.
process.stdin.on('end', () => process.exit()).resume();
