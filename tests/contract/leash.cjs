// Loaded into Prism before it starts: ends it when whoever started it is gone, however that came about, and keeps it from following
// redirects itself. Where an answer leads is for the client, and a credential that went along would be Prism's doing.
const Module = require('module');

process.stdin.on('end', () => process.exit()).resume();

const load = Module._load;
Module._load = function (name, ...rest) {
    const loaded = load.call(this, name, ...rest);
    if (name !== 'node-fetch') return loaded;
    const fetch = (url, options) => loaded.default(url, { ...options, redirect: 'manual' });
    return Object.create(loaded, { default: { value: fetch } });
};
