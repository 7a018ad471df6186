// `npm run bench`: measures and prints tables for bench/README.md. `npm run bench -- a b` runs only these parts.
import { runBench } from './run-bench.mjs'

await runBench('main.ts')
