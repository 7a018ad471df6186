import type { Behaviour, Finding } from './behaviour.js'
import type { Program } from './host.js'
import { Stage } from './stage.js'

/** A library that is driven. */
export interface Side {
  readonly name: string
  /** The module of its driver, without its ending. */
  readonly driver: string
  readonly program: Program
}

/** How long a behaviour may take, in seconds: many times what it takes. */
export const LIMIT = 240

/**
 * Drives one side through a behaviour, in processes of its own. What takes too long, and what breaks where nothing may, is
 * an error: it says nothing about the library.
 */
export async function observe(
  behaviour: Behaviour,
  { name, driver, program }: Side,
  freshDatabase: () => Promise<{ readonly url: string }>,
): Promise<Finding> {
  const stages: Stage[] = []
  const open = async (): Promise<Stage> => {
    const { url: databaseUrl } = await freshDatabase()
    const stage = await Stage.open(program, { driver, behaviour: behaviour.name, databaseUrl }, behaviour.rows)
    stages.push(stage)
    return stage
  }
  let timer: NodeJS.Timeout | undefined
  const tooLong = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${name}, ${behaviour.name}: not done in ${LIMIT} s`)), LIMIT * 1000)
  })
  try {
    return await Promise.race([behaviour.observe(open), tooLong])
  } finally {
    clearTimeout(timer)
    await Promise.all(stages.map((stage) => stage.close()))
  }
}
