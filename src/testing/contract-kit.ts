/** The two functions of a test runner that a contract needs; Vitest, Jest and node:test have them. */
export interface ContractKit {
  readonly describe: (name: string, body: () => void) => unknown
  readonly it: (name: string, body: () => Promise<void>) => unknown
}
