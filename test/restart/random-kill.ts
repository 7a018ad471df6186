import type { Random } from './random.js'
import type { Kill } from './supervisor.js'

/** How many processes die in a test at moments left to chance. */
export const KILLS = Number(process.env['CHUNKWISE_TEST_KILLS'] ?? 5)

/** Says which they are, so that a failure can be repeated. */
export function randomKills(random: Random): readonly Kill[] {
  const kills = Array.from({ length: KILLS }, () => randomKill(random))
  console.log(`seed ${random.seed}, kills ${kills.map(words).join(', ')}`)
  return kills
}

/** One in three hits the start of the job, where its predecessor is taken over, the others its chunks. */
function randomKill(random: Random): Kill {
  if (random.between(1, 3) === 1) return { afterChunks: undefined, delay: random.between(0, 250) }
  return { afterChunks: random.between(0, 20), delay: random.between(0, 12) }
}

function words({ afterChunks, delay }: Kill): string {
  return `${delay} ms after ${afterChunks === undefined ? 'the start' : `chunk ${afterChunks}`}`
}
