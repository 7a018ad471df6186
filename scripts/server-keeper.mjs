// Runs one database server and outlives the process that wanted it just long enough to stop it: standard input is a
// pipe from that process, and its end means that the process is gone, however it died.
// Arguments: one JSON object { binary, args, cwd, log, uid?, gid?, home, signals }. Prints the server's process id.
import { spawn } from 'node:child_process'
import { openSync, rmSync } from 'node:fs'

const { binary, args, cwd, log, uid, gid, home, signals } = JSON.parse(process.argv[2] ?? '{}')
const PATIENCE = 5_000

let orphaned = false
const output = openSync(log, 'a')
const server = spawn(binary, args, { cwd, uid, gid, stdio: ['ignore', output, output] })

server.on('spawn', () => console.log(server.pid))
server.on('error', (error) => {
  console.error(error.message)
  process.exit(1)
})
server.on('exit', (code) => {
  if (orphaned) rmSync(home, { recursive: true, force: true })
  process.exit(code ?? 1)
})

process.stdin.resume()
process.stdin.on('error', () => {})
process.stdin.on('close', () => {
  orphaned = true
  server.kill(signals.stop)
  setTimeout(() => server.kill(signals.kill), PATIENCE).unref()
  setTimeout(() => server.kill('SIGKILL'), 2 * PATIENCE).unref()
})
// A terminal's Ctrl-C is meant for the process that owns us, which then closes the pipe.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {})
// Its output pipes break when the owner dies; that must not end us before the server has stopped.
process.stdout.on('error', () => {})
process.stderr.on('error', () => {})
