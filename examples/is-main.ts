import { realpathSync } from 'node:fs'
import { pathToFileURL } from 'node:url'

/** Whether Node was started with this very module, rather than importing it: the examples then run themselves. */
export function isMain(moduleUrl: string): boolean {
  const started = process.argv[1]
  return started !== undefined && pathToFileURL(realpathSync(started)).href === moduleUrl
}
