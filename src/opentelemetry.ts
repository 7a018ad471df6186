export { instrument } from './telemetry/instrument.js'
export type { Instrumentation, InstrumentationOptions } from './telemetry/instrument.js'
