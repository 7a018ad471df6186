import type { DoesNotFit } from '../../domain/does-not-fit.js'

/** `unknown` when a step that reads `P` can run in a job with the parameters `V`, else a sentence. */
export type FitsParameters<V, P> = [V] extends [P]
  ? unknown
  : DoesNotFit<`the step reads the parameter "${Missing<V, P>}", which the job does not declare with that type`>

type Missing<V, P> = { [K in keyof P & string]: K extends keyof V ? (V[K] extends P[K] ? never : K) : K }[keyof P &
  string]

/** `unknown` when nothing in the job has one of these names, else a sentence. */
export type FitsName<Names extends string, N extends string> = string extends N | Names
  ? unknown
  : [Extract<N, Names>] extends [never]
    ? unknown
    : DoesNotFit<`the job already has a step named "${Extract<N, Names>}"`>

/** `unknown` when the flow has something of this name, else a sentence. */
export type IsThere<Names extends string, N extends string> = string extends N | Names
  ? unknown
  : [N] extends [Names]
    ? unknown
    : DoesNotFit<`nothing named "${N}" is in the flow yet: add it with start, next or to before`>
