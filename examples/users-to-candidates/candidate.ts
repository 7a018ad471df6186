/** A row of `users`. */
export interface User {
  readonly userName: string
  readonly lastLogin: Date
  readonly optedOut: boolean
}

/** A row of `candidates`: somebody to write to. */
export interface Candidate {
  readonly userName: string
  readonly lastLogin: Date
  readonly reason: string
}

/** Makes a candidate of a user, or `null` when the user has opted out of letters. */
export function toCandidate(user: User): Candidate | null {
  if (user.optedOut) return null
  const { userName, lastLogin } = user
  return { userName, lastLogin, reason: `last seen on ${lastLogin.toISOString().slice(0, 10)}` }
}
