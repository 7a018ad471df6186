import type { Random } from '../restart/random.js'
import { startWorker, type WorkerOrder } from '../restart/supervisor.js'
import type { Proxy } from './proxy.js'

/** `before` the statement reaches the server, or `after` the server has answered it, unheard. */
const WHEN = ['before', 'after'] as const

/** The death of a process at a statement, counted from 1 from its start. */
export interface StatementKill {
  readonly at: number
  readonly when: (typeof WHEN)[number]
}

/** The kills at statements 1 to `most`, in an order left to chance; at most `count` of them. */
export function chooseKills(random: Random, most: number, count = Infinity): readonly StatementKill[] {
  const all = Array.from({ length: most }, (_, index) => WHEN.map((when) => ({ at: index + 1, when }))).flat()
  const chosen: StatementKill[] = []
  while (all.length > 0 && chosen.length < count) chosen.push(...all.splice(random.between(0, all.length - 1), 1))
  return chosen
}

/** Says which process died when, so that a failure can be repeated. */
export function printKills(random: Random, kills: readonly StatementKill[]): void {
  console.log(`seed ${random.seed}, killed ${kills.map(({ at, when }) => `${when} ${at}`).join(', ')}`)
}

/** Runs a worker until it is killed at its n-th statement that counts; false when it has ended before. */
export async function killedAt(
  proxy: Proxy,
  order: WorkerOrder,
  { at, when }: StatementKill,
  counts: (text: string) => boolean = () => true,
): Promise<boolean> {
  const worker = startWorker({ ...order, url: proxy.url })
  let number = 0
  proxy.judge = ({ text, link }) => {
    if (number >= at) return 'hold'
    if (!counts(text) || ++number < at) return 'pass'
    if (when === 'before') {
      worker.signal('SIGKILL')
      return 'hold'
    }
    void link.swallowed.then(() => worker.signal('SIGKILL'))
    return 'swallow'
  }
  const { killed } = await worker.ended
  proxy.judge = () => 'pass'
  return killed
}
