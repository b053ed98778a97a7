// A page that is a file may start no worker from one, and no module as a worker, but a plain worker from a text. This
// one loads the module from its `data:` address, and keeps for it what comes meanwhile.
window.Worker = class extends Worker {
    constructor(address, options) {
        const source = `
            const early = [], keep = event => early.push(event.data);
            addEventListener('message', keep);
            import('${address}').then(() => {
                removeEventListener('message', keep);
                early.forEach(data => dispatchEvent(new MessageEvent('message', { data })));
            }, error => setTimeout(() => { throw error; }));`;
        super(URL.createObjectURL(new Blob([source], { type: 'text/javascript' })), { ...options, type: 'classic' });
    }
};
