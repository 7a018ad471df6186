import { failedTogether } from '../../listener/report-failure.js'

/** Asks a policy about an error. A policy that throws does not hide it: both come out. */
export function judge<T>(error: unknown, ask: () => T): T {
  try {
    return ask()
  } catch (thrown) {
    throw failedTogether(error, thrown, 'a policy')
  }
}
