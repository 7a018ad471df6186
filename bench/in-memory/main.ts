import { cases } from './cases.js'

// Runs one case in this process and prints what it took: node main.js <case> <items>
const [name = '', items = '5000000'] = process.argv.slice(2)
const run = cases[name]
if (run === undefined) throw new Error(`no case ${name}: ${Object.keys(cases).join('; ')}`)
await run(200_000)
const started = performance.now()
await run(Number(items))
const seconds = (performance.now() - started) / 1000
console.log(JSON.stringify({ seconds, items: Number(items), peakRss: process.resourceUsage().maxRSS * 1024 }))
