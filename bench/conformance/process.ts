// The process in which a library runs: forked by host.ts, told what to do by its environment and by messages.
import { behaviours } from './behaviours.js'
import type { Engine, OpenEngine } from './engine.js'

/** What the process is to open. */
export interface Order {
  /** The module of the driver beside this one, without its ending. */
  readonly driver: string
  readonly behaviour: string
  readonly databaseUrl: string
  /** Whether no other process has worked on this database. */
  readonly isFirst: boolean
}

/** What the process is told. */
export type Request =
  | { readonly kind: 'call'; readonly id: number; readonly name: CallName; readonly args: readonly string[] }
  | { readonly kind: 'go' }

/** What the process says. */
export type Reply =
  | { readonly kind: 'ready' }
  | { readonly kind: 'paused' }
  | { readonly kind: 'answer'; readonly id: number; readonly value?: unknown; readonly error?: string }

/** What can be asked of an engine. */
export type CallName = 'launch' | 'restart' | 'stop' | 'executions' | 'heard' | 'remedies' | 'remedy'

let go: () => void = () => {}

void main()

async function main(): Promise<void> {
  const order = JSON.parse(process.env['CONFORMANCE_ORDER'] ?? '{}') as Order
  const behaviour = behaviours.find(({ name }) => name === order.behaviour)
  if (behaviour === undefined) throw new Error(`no behaviour is called ${order.behaviour}`)
  const { openEngine } = (await import(`./${order.driver}.js`)) as { openEngine: OpenEngine }
  const engine = await openEngine(behaviour.work(order.isFirst), order.databaseUrl, pause)
  process.on('message', (request: Request) => {
    if (request.kind === 'call') void answer(request.id, call(engine, request.name, request.args))
    else go()
  })
  say({ kind: 'ready' })
}

async function pause(): Promise<void> {
  const gone = new Promise<void>((resolve) => (go = resolve))
  say({ kind: 'paused' })
  await gone
}

async function call(on: Engine, name: CallName, args: readonly string[]): Promise<unknown> {
  const [first = '', second = ''] = args
  if (name === 'remedies') return Object.keys(on.remedies)
  if (name === 'remedy') return on.remedies[first]?.(second)
  return on[name](first)
}

async function answer(id: number, value: Promise<unknown>): Promise<void> {
  try {
    say({ kind: 'answer', id, value: await value })
  } catch (error) {
    say({ kind: 'answer', id, error: error instanceof Error ? `${error.name}: ${error.message}` : String(error) })
  }
}

function say(reply: Reply): void {
  process.send?.(reply)
}
