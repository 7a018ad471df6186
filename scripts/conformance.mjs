// `npm run conformance`: drives what users rely on against Chunkwise and against @nest-batch/core, which npm installs into a
// temporary folder, and prints the table for bench/conformance/README.md. With words: only the behaviours that have one of
// them in their name.
import { runBench } from './run-bench.mjs'

await runBench('conformance/main.ts')
