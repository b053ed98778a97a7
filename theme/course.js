// What the pages need beyond mdBook's own script: diagrams, and a menu of two themes.

(function diagrams() {
    const blocks = document.querySelectorAll('pre.mermaid');
    if (blocks.length === 0) {
        return; // Mermaid is 2.7 MB: pages without a diagram never load it.
    }
    const script = document.createElement('script');
    script.src = path_to_root + 'assets/mermaid.min.js';
    script.onload = async () => {
        const fontFamily = '"Source Sans 3", sans-serif';
        await document.fonts.load('16px ' + fontFamily); // Boxes are measured around their text.
        // The colours come from course.css, so that a diagram follows the theme and the printer.
        mermaid.initialize({ startOnLoad: false, theme: 'neutral', fontFamily });
        await mermaid.run({ nodes: blocks });
        // On a telephone a wide diagram scrolls rather than shrink to nothing.
        document.querySelectorAll('.mermaid > svg').forEach(svg => {
            svg.style.minWidth = 0.75 * svg.viewBox.baseVal.width + 'px';
        });
    };
    document.head.append(script);
})();

(function themes() {
    // course.css has one light and one dark palette, and hides the themes that would repeat them.
    // Moved up, the dark one is next to the light one for the arrow keys too.
    const light = document.getElementById('mdbook-theme-light');
    const dark = document.getElementById('mdbook-theme-navy');
    dark.textContent = 'Dark';
    light.parentElement.after(dark.parentElement);
})();

(function details() {
    // On paper every answer is open.
    const closed = () => document.querySelectorAll('details:not([open])');
    window.addEventListener('beforeprint', () => {
        closed().forEach(box => box.setAttribute('open', 'print'));
    });
    window.addEventListener('afterprint', () => {
        document.querySelectorAll('details[open=print]').forEach(box => box.removeAttribute('open'));
    });
})();
