/** Whether the long forms run (`npm run test:faults`) rather than the share that every run has time for. */
export const long: boolean = process.env['CHUNKWISE_TEST_FAULTS'] === 'long'
