/** Why a reader cannot be read in any order. */
export const NO_RANGES = "'read': only a reader that can name ranges, such as a paging reader, can commit in any order"
/** Why a writer cannot be written to in any order. */
export const ONE_POSITION = "'read': a writer with a position of its own, such as a file writer, has one place only"
/** Why chunks must be filled by count. */
export const COUNT_ONLY = "'read': in any order chunks are filled by `chunkSize` only, not by `chunk`"
