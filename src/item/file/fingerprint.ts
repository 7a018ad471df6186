import { hash } from 'node:crypto'
import type { Json } from '../../support/json.js'
import { PositionError } from '../item-errors.js'

/** How much of the beginning of a file tells it from another, in bytes, if that much of it was read. */
export const HEAD_BYTES: number = 64 * 1024

/** How much of what stands before a position tells that it has not changed, in bytes. */
export const TAIL_BYTES = 4096

/** A place in a file that is read, and what tells that the file is the same before it when it is opened again. */
export interface FilePlace {
  /** Bytes of the content, unpacked, that were read. */
  readonly offset: number
  /** How many bytes at the beginning `headHash` is of; none of them behind `offset`. */
  readonly headBytes: number
  readonly headHash: string
  /** How many bytes before `offset` `tailHash` is of. */
  readonly tailBytes: number
  readonly tailHash: string
}

/** The end of what was committed to a file that is written, and what tells that it is still there. */
export interface OutputPlace {
  /** Bytes that were written. */
  readonly length: number
  /** How many bytes before `length` `tailHash` is of. */
  readonly tailBytes: number
  readonly tailHash: string
}

/** A hash that is short enough for a position. */
export function fingerprint(bytes: Uint8Array): string {
  return hash('sha256', bytes, 'base64url').slice(0, 22)
}

/** The place that a stored position names. Other members of the position are the reader's. */
export function filePlaceOf(owner: string, position: Json): FilePlace {
  return checkPlace<FilePlace>(owner, position, ['offset', 'headBytes', 'tailBytes'], ['headHash', 'tailHash'])
}

/** The place that a stored position names. Other members of the position are the writer's. */
export function outputPlaceOf(owner: string, position: Json): OutputPlace {
  return checkPlace<OutputPlace>(owner, position, ['length', 'tailBytes'], ['tailHash'])
}

/** Checks a count that a reader or writer keeps in its position beside the place. */
export function countOf(owner: string, position: Json, name: string): number {
  return checkPlace<Readonly<Record<string, number>>>(owner, position, [name], [])[name] as number
}

function checkPlace<T>(owner: string, position: Json, counts: readonly string[], texts: readonly string[]): T {
  const place = (typeof position === 'object' ? position : null) as Readonly<Record<string, unknown>> | null
  const fits =
    place !== null &&
    counts.every((name) => Number.isSafeInteger(place[name]) && (place[name] as number) >= 0) &&
    texts.every((name) => typeof place[name] === 'string')
  if (fits) return place as T
  throw new PositionError(owner, position, 'it is not a place in a file; was it another reader or writer before?')
}
