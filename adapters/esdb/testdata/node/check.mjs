// What the official Node client sees of our server: `node check.mjs all ADDRESS` goes through what clients do and prints a line for
// each check; `node check.mjs list ADDRESS STREAM` prints the events of a stream as JSON.
import {
  ANY, BACKWARDS, END, EventStoreDBClient, FORWARDS, MaxAppendSizeExceededError, NO_STREAM, PARK, RETRY, START, STREAM_EXISTS,
  PersistentSubscriptionDoesNotExistError, PersistentSubscriptionExistsError, StreamDeletedError, StreamNotFoundError,
  WrongExpectedVersionError, excludeSystemEvents, jsonEvent, persistentSubscriptionToAllSettingsFromDefaults,
  persistentSubscriptionToStreamSettingsFromDefaults, streamNameFilter,
} from "@eventstore/db-client";
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";

const [, , mode, address, wanted] = process.argv;
const client = EventStoreDBClient.connectionString(`esdb://${address}?tls=false`);

const event = (n) => jsonEvent({ type: "Opened", data: { n }, metadata: { m: n } });
const events = (from, to) => Array.from({ length: to - from }, (_, i) => event(from + i));
const fresh = (name) => `${name}-${randomUUID()}`;

async function all(stream) {
  const out = [];
  for await (const e of stream) out.push(e);
  return out;
}

async function rejects(call, kind) {
  try {
    await call();
  } catch (error) {
    assert.ok(error instanceof kind, `${error.constructor.name}: ${error.message}`);
    return error;
  }
  assert.fail(`no ${kind.name}`);
}

// take resolves to the first n events that a subscription sends.
async function take(subscription, n) {
  const out = [];
  for await (const e of subscription) {
    out.push(e);
    if (out.length === n) break;
  }
  await subscription.unsubscribe?.();
  return out;
}

const checks = {
  "an append to a new stream": async () => {
    const result = await client.appendToStream(fresh("gate"), events(0, 3), { expectedRevision: NO_STREAM });
    assert.ok(result.success);
    assert.equal(result.nextExpectedRevision, 2n);
    assert.ok(result.position.commit > 0n);
  },
  "many appends at once, each at its revision": async () => {
    const stream = fresh("gate");
    const results = await Promise.all(
      Array.from({ length: 50 }, (_, n) =>
        client.appendToStream(stream, event(n), { expectedRevision: n === 0 ? NO_STREAM : BigInt(n - 1) })),
    );
    assert.deepEqual(results.map((r) => r.nextExpectedRevision), Array.from({ length: 50 }, (_, n) => BigInt(n)));
  },
  "an append with credentials of its own, which goes another way": async () => {
    const stream = fresh("gate");
    const result = await client.appendToStream(stream, event(0), { credentials: { username: "a", password: "b" } });
    assert.equal(result.nextExpectedRevision, 0n);
  },
  "another revision than expected": async () => {
    const stream = fresh("gate");
    await client.appendToStream(stream, events(0, 2));
    const error = await rejects(() => client.appendToStream(stream, event(2), { expectedRevision: 7n }), WrongExpectedVersionError);
    assert.equal(error.expectedVersion, 7n);
    assert.equal(error.actualVersion, 1n);
    await rejects(() => client.appendToStream(stream, event(2), { expectedRevision: NO_STREAM }), WrongExpectedVersionError);
    await rejects(() => client.appendToStream(fresh("gate"), event(2), { expectedRevision: STREAM_EXISTS }), WrongExpectedVersionError);
    const calm = EventStoreDBClient.connectionString(`esdb://${address}?tls=false&throwOnAppendFailure=false`);
    const result = await calm.appendToStream(stream, event(2), { expectedRevision: 7n });
    assert.equal(result.success, false);
    assert.equal(result.nextExpectedRevision, 1n);
    await calm.dispose();
  },
  "the same append again": async () => {
    const stream = fresh("gate");
    const same = events(0, 3);
    const first = await client.appendToStream(stream, same, { expectedRevision: ANY });
    const again = await client.appendToStream(stream, same, { expectedRevision: ANY });
    assert.equal(again.nextExpectedRevision, first.nextExpectedRevision);
    assert.equal((await all(client.readStream(stream))).length, 3);
  },
  "more than fits": async () => {
    await rejects(
      () => client.appendToStream(fresh("gate"), jsonEvent({ type: "Big", data: { text: "a".repeat(1 << 20) } })),
      MaxAppendSizeExceededError,
    );
  },
  "reading forwards and backwards": async () => {
    const stream = fresh("gate");
    await client.appendToStream(stream, events(0, 5));
    const forwards = await all(client.readStream(stream, { direction: FORWARDS, fromRevision: 3n }));
    assert.deepEqual(forwards.map((e) => e.event.data.n), [3, 4]);
    assert.deepEqual(forwards[0].event.metadata, { m: 3 });
    assert.ok(forwards[0].event.created instanceof Date || forwards[0].event.created > 0);
    const backwards = await all(client.readStream(stream, { direction: BACKWARDS, fromRevision: END, maxCount: 2 }));
    assert.deepEqual(backwards.map((e) => e.event.data.n), [4, 3]);
  },
  "a stream that is not there": async () => {
    await rejects(() => all(client.readStream(fresh("gate"))), StreamNotFoundError);
  },
  "reading the whole log": async () => {
    await client.appendToStream(fresh("gate"), events(0, 3));
    const last = await all(client.readAll({ direction: BACKWARDS, fromPosition: END, maxCount: 3 }));
    assert.equal(last.length, 3);
    const first = await all(client.readAll({ fromPosition: START, maxCount: 2 }));
    assert.equal(first.length, 2);
  },
  "metadata of a stream": async () => {
    const stream = fresh("gate");
    await client.appendToStream(stream, events(0, 5));
    await client.setStreamMetadata(stream, { maxCount: 2, colour: "red" });
    const { metadata } = await client.getStreamMetadata(stream);
    assert.deepEqual(metadata, { maxCount: 2, colour: "red" });
    assert.deepEqual((await all(client.readStream(stream))).map((e) => e.event.data.n), [3, 4]);
  },
  "deleting, and beginning anew": async () => {
    const stream = fresh("gate");
    await client.appendToStream(stream, events(0, 3));
    await client.deleteStream(stream, { expectedRevision: 2n });
    await rejects(() => all(client.readStream(stream)), StreamNotFoundError);
    await client.appendToStream(stream, event(9), { expectedRevision: NO_STREAM });
    assert.deepEqual((await all(client.readStream(stream))).map((e) => e.event.revision), [3n]);
  },
  "deleting for ever": async () => {
    const stream = fresh("gate");
    await client.appendToStream(stream, events(0, 3));
    await client.tombstoneStream(stream);
    await rejects(() => all(client.readStream(stream)), StreamDeletedError);
    await rejects(() => client.appendToStream(stream, event(4)), StreamDeletedError);
  },
  "following a stream": async () => {
    const stream = fresh("gate");
    await client.appendToStream(stream, events(0, 3));
    const subscription = client.subscribeToStream(stream, { fromRevision: 0n });
    const got = take(subscription, 4);
    await client.appendToStream(stream, events(3, 5));
    assert.deepEqual((await got).map((e) => e.event.data.n), [1, 2, 3, 4]);
  },
  "following the whole log with a filter": async () => {
    const name = fresh("door");
    const marks = [];
    const subscription = client.subscribeToAll({
      fromPosition: START,
      filter: streamNameFilter({
        prefixes: [name], checkpointInterval: 1, checkpointReached: (_, position) => { marks.push(position.commit); },
      }),
    });
    const got = take(subscription, 2);
    await client.appendToStream(fresh("gate"), events(0, 100));
    await client.appendToStream(name, events(0, 2));
    assert.deepEqual((await got).map((e) => e.event.data.n), [0, 1]);
    assert.ok(marks.length > 0);
  },
  "following everything but system events": async () => {
    const stream = fresh("gate");
    await client.setStreamMetadata(stream, { maxCount: 9 });
    const subscription = client.subscribeToAll({ fromPosition: END, filter: excludeSystemEvents() });
    const got = take(subscription, 1);
    await new Promise((resolve) => subscription.once("confirmation", resolve));
    await client.setStreamMetadata(stream, { maxCount: 8 });
    await client.appendToStream(stream, event(1));
    assert.equal((await got)[0].event.streamId, stream);
  },
  "a persistent subscription": async () => {
    const stream = fresh("gate");
    await client.appendToStream(stream, events(0, 3));
    await client.createPersistentSubscriptionToStream(stream, "g", persistentSubscriptionToStreamSettingsFromDefaults({ startFrom: START }));
    await rejects(
      () => client.createPersistentSubscriptionToStream(stream, "g", persistentSubscriptionToStreamSettingsFromDefaults()),
      PersistentSubscriptionExistsError,
    );
    const subscription = client.subscribeToPersistentSubscriptionToStream(stream, "g", { bufferSize: 1 });
    const seen = [];
    for await (const e of subscription) {
      seen.push(e.event.data.n);
      if (seen.length === 1) await subscription.nack(RETRY, "again", e);
      else if (e.event.data.n === 1 && seen.length === 3) await subscription.nack(PARK, "later", e);
      else await subscription.ack(e);
      if (seen.length === 4) await client.replayParkedMessagesToStream(stream, "g");
      if (seen.length === 5) break;
    }
    await subscription.unsubscribe();
    assert.deepEqual(seen, [0, 0, 1, 2, 1]);
    const info = await client.getPersistentSubscriptionToStreamInfo(stream, "g");
    assert.equal(info.groupName, "g");
    assert.equal((await client.listPersistentSubscriptionsToStream(stream)).length, 1);
    await client.updatePersistentSubscriptionToStream(stream, "g", persistentSubscriptionToStreamSettingsFromDefaults({ maxRetryCount: 3 }));
    await client.deletePersistentSubscriptionToStream(stream, "g");
    await rejects(() => client.deletePersistentSubscriptionToStream(stream, "g"), PersistentSubscriptionDoesNotExistError);
  },
  "a persistent subscription to the whole log": async () => {
    const name = fresh("door");
    const group = fresh("g");
    await client.createPersistentSubscriptionToAll(group, persistentSubscriptionToAllSettingsFromDefaults({ startFrom: START }), {
      filter: streamNameFilter({ prefixes: [name] }),
    });
    await client.appendToStream(name, events(0, 2));
    const subscription = client.subscribeToPersistentSubscriptionToAll(group);
    const seen = [];
    for await (const e of subscription) {
      seen.push(e.event.data.n);
      await subscription.ack(e);
      if (seen.length === 2) break;
    }
    await subscription.unsubscribe();
    assert.deepEqual(seen, [0, 1]);
    await client.deletePersistentSubscriptionToAll(group);
  },
  "restarting persistent subscriptions": async () => {
    await client.restartPersistentSubscriptionSubsystem();
  },
};

if (mode === "list") {
  const found = await all(client.readStream(wanted));
  console.log(JSON.stringify(found.map(({ event: e }) => ({ id: e.id, type: e.type, revision: Number(e.revision), data: e.data }))));
} else {
  let failed = 0;
  for (const [name, check] of Object.entries(checks)) {
    try {
      await check();
      console.log("ok", name);
    } catch (error) {
      failed++;
      console.log("not ok", name, error);
    }
  }
  console.log(`${Object.keys(checks).length - failed} of ${Object.keys(checks).length}`);
  process.exitCode = failed === 0 ? 0 : 1;
}
await client.dispose();
