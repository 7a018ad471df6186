/** What a search asks of the one who writes. */
export interface SearchTarget {
  /** How many items there are. */
  readonly size: number
  /** Whether what a probe wrote is undone when it fails. If not, items are written one by one, so that none comes twice. */
  readonly undone: boolean
  /**
   * Writes the items from `from` up to, not including, `to`. Resolves with what failed, all of it undone, or with
   * `undefined`; rejects when the search must end.
   */
  probe(from: number, to: number): Promise<ProbeFailure | undefined>
  /** Item `index` cannot be written. Throws to end the search. */
  refuse(index: number, error: unknown): void
  /**
   * Whether an item may fail only because one behind it is not written yet, as with a foreign key that is checked at
   * COMMIT. Items that were refused then get another chance at the end, for which this is called when it succeeds.
   */
  readonly accept?: (index: number) => void
}

/** A probe that failed. */
export interface ProbeFailure {
  readonly error: unknown
}

/**
 * Writes what can be written of items that could not be written together, and refuses the others, in their order. It
 * halves what fails: one bad item among n costs at most log2(n) + 2 probes.
 */
export async function searchWrites(target: SearchTarget): Promise<void> {
  const refused: number[] = []
  const noting: SearchTarget = {
    size: target.size,
    undone: target.undone,
    probe: (from, to) => target.probe(from, to),
    refuse(index, error) {
      target.refuse(index, error)
      refused.push(index)
    },
  }
  await searchOnce(noting)
  if (target.accept !== undefined) await tryAgain(target, target.accept, refused)
}

async function searchOnce(target: SearchTarget): Promise<void> {
  const { size } = target
  if (!target.undone || size === 1) {
    for (let index = 0; index < size; index++) await probeOrSplit(target, index, index + 1)
    return
  }
  // A bad item is mostly alone in its chunk: all that is behind the first one is tried at once, not half by half.
  const rest = await settleFirst(target, 0, size)
  if (rest < size) await probeOrSplit(target, rest, size)
}

/** Finds the first bad one of items, two or more, that could not be written together; resolves with what is behind it. */
async function settleFirst(target: SearchTarget, from: number, to: number): Promise<number> {
  let failure: ProbeFailure | undefined
  while (to - from > 1) {
    const middle = middleOf(from, to)
    failure = await target.probe(from, middle)
    // Where the left half is good the fault is in the right one, which is halved at once.
    if (failure === undefined) from = middle
    else to = middle
  }
  failure ??= await target.probe(from, to)
  if (failure !== undefined) target.refuse(from, failure.error)
  return to
}

/** Gives refused items another chance, as long as that helps any. */
async function tryAgain(
  target: SearchTarget,
  accept: (index: number) => void,
  refused: readonly number[],
): Promise<void> {
  const still: number[] = []
  for (const index of refused) {
    if ((await target.probe(index, index + 1)) === undefined) accept(index)
    else still.push(index)
  }
  if (still.length > 0 && still.length < refused.length) await tryAgain(target, accept, still)
}

async function probeOrSplit(target: SearchTarget, from: number, to: number): Promise<boolean> {
  const failure = await target.probe(from, to)
  if (failure === undefined) return true
  if (to - from === 1) target.refuse(from, failure.error)
  else await split(target, from, to)
  return false
}

/** Deals with items, two or more, that could not be written together. */
async function split(target: SearchTarget, from: number, to: number): Promise<void> {
  const middle = middleOf(from, to)
  const good = await probeOrSplit(target, from, middle)
  // Where the left half is good the fault is in the right one, which is split at once.
  if (good && to - middle > 1) await split(target, middle, to)
  else await probeOrSplit(target, middle, to)
}

function middleOf(from: number, to: number): number {
  return from + Math.ceil((to - from) / 2)
}
