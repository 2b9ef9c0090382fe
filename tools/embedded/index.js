const { startPostgres } = require('./postgres.js');
const { placeData, reachableFolder } = require('./postgres-home.js');
const { startRedis, findRedisEngine } = require('./redis.js');
const { freePort, isPortFree, whoListens, portBusyMessage } = require('./port.js');
const { bornAt, isSameProcess, endProcess, processesIn } = require('./process-identity.js');
const { noteProcess, forgetProcess, notedProcesses, endNotedProcesses } = require('./process-notes.js');
const { explainFullDisk } = require('./disk.js');

module.exports = {
  startPostgres,
  placeData,
  reachableFolder,
  startRedis,
  findRedisEngine,
  freePort,
  isPortFree,
  whoListens,
  portBusyMessage,
  bornAt,
  isSameProcess,
  endProcess,
  processesIn,
  noteProcess,
  forgetProcess,
  notedProcesses,
  endNotedProcesses,
  explainFullDisk,
};
