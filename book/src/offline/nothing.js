// `cargo book serve` keeps nothing. This takes the place of a worker that was installed from the same address before.
addEventListener('install', () => skipWaiting());
addEventListener('activate', event => event.waitUntil((async () => {
    const names = (await caches.keys()).filter(name => name.startsWith(`microgpt ${registration.scope} `));
    await Promise.all(names.map(name => caches.delete(name)));
    await registration.unregister();
    (await clients.matchAll({ type: 'window' })).forEach(client => client.navigate(client.url));
})()));
