const chunkwise = require('chunkwise')
const testing = require('chunkwise/testing')
const declareContracts = require('./contracts.cjs')

declareContracts({ describe, it }, chunkwise, testing)
