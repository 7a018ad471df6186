/** The repository's folder. */
export const root: string

/** The file that an installed package runs as command `name`, to be started with Node: no shell, no PATH. */
export function toolFile(packageName: string, name?: string): string

/** Runs Node on `args` in the repository, showing the output only on failure. Resolves to whether it went well. */
export function quietly(label: string, args: readonly string[]): Promise<boolean>

/** Runs Node on `args` in the repository, its output ours and no input. Resolves to the exit code. */
export function openly(args: readonly string[]): Promise<number>
