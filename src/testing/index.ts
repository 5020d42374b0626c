/** For the tests of people who write candidacy functions: makers of servers and moments, and the contract check. */
export { breaches } from './contract.ts';
export { aMoment, aRequest, aServer, type TestMoment } from './make.ts';
