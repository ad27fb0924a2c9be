import { writeSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { applyEdits, type Edit } from './edits.ts';

/** The edits of this process, as JSON. Loaded with `--import` before the program, and by nothing else: the program itself knows of no mutation. */
const edits = JSON.parse(process.env['CHAOS_EDITS'] ?? '[]') as readonly Edit[];

registerHooks({
  load: (url, context, nextLoad) => {
    const loaded = nextLoad(url, context);
    const own = edits.filter(({ file }) => url.endsWith(`/dist/${file}.js`));
    if (own.length === 0) return loaded;
    const { source } = loaded;
    const text = typeof source === 'string' ? source : Buffer.from(source as Uint8Array).toString('utf8');
    const changed = applyEdits(text, own);
    for (const { file } of own) writeSync(2, `mutated ${file}\n`);
    return { ...loaded, source: changed };
  },
});
