import { setTimeout as delay } from 'node:timers/promises'
import { chunkStep, type ItemWriter, type Job, job } from 'chunkwise'

/** What the job writes. */
export interface Letter {
  readonly id: number
  readonly text: string
}

/** How many letters a campaign has. */
export const LETTERS = 600

const parameters = {
  campaign: 'string',
  sentAt: 'date',
  /** Milliseconds for each letter, so that there is something to look at; another value is no other campaign. */
  pace: { type: 'long', identifying: false, default: 0 },
} as const

/** A job that writes letters, in chunks of two. */
export function lettersJob(writer: ItemWriter<Letter>): Job {
  const writeLetters = chunkStep('writeLetters', {
    chunkSize: 2,
    reader: Array.from({ length: LETTERS }, (_, index) => index + 1),
    async processor(id, context) {
      const { campaign, sentAt, pace } = context.parameters as { campaign: string; sentAt: Date; pace: number }
      if (pace > 0) await delay(pace, undefined, { signal: context.signal })
      return { id, text: `${campaign}, ${sentAt.toISOString()}` }
    },
    writer,
  })
  return job('letters', { parameters }).start(writeLetters).build() as unknown as Job
}
