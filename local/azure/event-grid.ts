import { setTimeout as sleep } from "node:timers/promises";

import type { Change } from "./change.ts";
import { deliver, handshake } from "./event-endpoint.ts";
import { eventOf, type GridEvent, isWanted } from "./event-envelope.ts";
import { type EventSubscription, type EventSubscriptionInput, eventSubscriptionSchema } from "./fixture.ts";
import type { TopicEvent } from "./topic-events.ts";
import { isDelivered, isFinal, retryDelaySeconds } from "./event-retry.ts";
import type { Settings } from "./settings.ts";
import type { World } from "./world.ts";

export interface EventCounts {
  /** Events that changes made, and that custom topics took, whether or not anybody subscribed. */
  published: number;
  /** Events a destination took; a duplicate counts again. */
  delivered: number;
  /** Deliveries that failed and were, or would have been, tried again. */
  failedAttempts: number;
  /** Events lost by the delivery fault `drop`. */
  dropped: number;
  /** Deliveries under way or waiting for their next attempt. */
  pending: number;
}

export interface DeadLetter {
  readonly subscription: string;
  readonly event: GridEvent;
  readonly lastStatus: number;
  readonly attempts: number;
}

/** What goes wrong with one event; what it does not say, the settings do. */
export type EventFaults = Partial<Settings["deliveryFaults"]>;

interface Subscriber {
  readonly subscription: EventSubscription;
  validated: boolean;
  /** Events not yet handed to a delivery. */
  waiting: GridEvent[];
  scheduled: boolean;
}

/** Event Grid's system topics of the subscriptions, and what custom topics took: at-least-once delivery, out of order when told so. Runs in real time. */
export class EventGrid {
  readonly deadLetters: DeadLetter[] = [];
  /** Asked once for every event that is published. */
  faultsFor: (change: Change) => EventFaults | undefined = () => undefined;
  readonly #world: World;
  readonly #subscribers = new Map<string, Subscriber>();
  readonly #inFlight = new Set<Promise<void>>();
  readonly #closing = new AbortController();
  readonly #counts = { published: 0, delivered: 0, failedAttempts: 0, dropped: 0 };

  constructor(world: World) {
    this.#world = world;
  }

  counts(): EventCounts {
    return { ...this.#counts, pending: this.#inFlight.size };
  }

  subscriptions(): EventSubscription[] {
    return [...this.#subscribers.values()].map(({ subscription }) => subscription);
  }

  /** Adds or replaces an event subscription after its destination agreed; throws when it did not. */
  async subscribe(input: EventSubscriptionInput): Promise<EventSubscription> {
    const subscription = eventSubscriptionSchema.parse(input);
    // Source: https://learn.microsoft.com/azure/event-grid/event-schema, "Input and output schema compatibility".
    if (subscription.topicId !== undefined && subscription.schema !== "CloudEventSchemaV1_0")
      throw new TypeError(`${subscription.name}: a topic that takes CloudEvents delivers them as they came`);
    await handshake(subscription, this.#closing.signal);
    this.#subscribers.set(subscription.name, { subscription, validated: true, waiting: [], scheduled: false });
    return subscription;
  }

  /** Adds one whose destination need not be up yet: it is asked before the first delivery, as often as that is tried. */
  expect(subscription: EventSubscription): void {
    this.#subscribers.set(subscription.name, { subscription, validated: false, waiting: [], scheduled: false });
  }

  unsubscribe(name: string): boolean {
    return this.#subscribers.delete(name);
  }

  publish(change: Change): void {
    const event = eventOf(change, this.#world.tenantId, this.#world.now());
    if (!event || this.#closing.signal.aborted) return;
    this.#publish(event, this.faultsFor(change));
  }

  /** An event that somebody published to a custom topic. */
  publishToTopic(event: TopicEvent): void {
    if (!this.#closing.signal.aborted) this.#publish(event);
  }

  /** Resolves when nothing is under way, retries and dead letters included. */
  async idle(): Promise<void> {
    while (this.#inFlight.size > 0) await Promise.all(this.#inFlight);
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.idle();
  }

  #publish(event: GridEvent, faults?: EventFaults): void {
    this.#counts.published += 1;
    for (const subscriber of this.#subscribers.values()) {
      if (isWanted(event, subscriber.subscription)) this.#enqueue(subscriber, event, faults);
    }
  }

  #enqueue(subscriber: Subscriber, event: GridEvent, faults: EventFaults = {}): void {
    const { drop, duplicates } = { ...this.#world.settings.deliveryFaults, ...faults };
    if (drop) {
      this.#counts.dropped += 1;
      return;
    }
    const copies = Array.from({ length: duplicates + 1 }, () => event);
    if (faults.delaySeconds === undefined) this.#add(subscriber, copies);
    else
      this.#track(
        this.#wait(faults.delaySeconds).then(() => {
          this.#add(subscriber, copies);
        }),
      );
  }

  #add(subscriber: Subscriber, events: readonly GridEvent[]): void {
    subscriber.waiting.push(...events);
    if (subscriber.scheduled) return;
    subscriber.scheduled = true;
    this.#track(this.#drain(subscriber));
  }

  /** Lets what was published in one go gather, then starts a delivery for each batch. */
  async #drain(subscriber: Subscriber): Promise<void> {
    const { delaySeconds, reorder } = this.#world.settings.deliveryFaults;
    await this.#wait(delaySeconds);
    if (reorder && subscriber.waiting.length < 2) await this.#wait(REORDER_SECONDS);
    subscriber.scheduled = false;
    const events = subscriber.waiting.splice(0);
    if (reorder) events.reverse();
    const size = subscriber.subscription.maxEventsPerBatch;
    while (events.length > 0) this.#track(this.#deliver(subscriber, events.splice(0, size)));
  }

  async #deliver(subscriber: Subscriber, batch: readonly GridEvent[]): Promise<void> {
    const { signal } = this.#closing;
    for (let attempt = 0; !signal.aborted; attempt += 1) {
      const status = await this.#attempt(subscriber, batch, attempt);
      if (isDelivered(status)) {
        this.#counts.delivered += batch.length;
        return;
      }
      this.#counts.failedAttempts += 1;
      const delay = isFinal(status) ? undefined : retryDelaySeconds(attempt, status);
      if (delay === undefined) {
        const { name } = subscriber.subscription;
        const letters = batch.map((event) => ({
          subscription: name,
          event,
          lastStatus: status,
          attempts: attempt + 1,
        }));
        this.deadLetters.push(...letters);
        return;
      }
      await this.#wait(delay);
    }
  }

  async #attempt(subscriber: Subscriber, batch: readonly GridEvent[], attempt: number): Promise<number> {
    const { subscription } = subscriber;
    if (!subscriber.validated) {
      const agreed = await handshake(subscription, this.#closing.signal).then(
        () => true,
        () => false,
      );
      if (!agreed) return 503;
      subscriber.validated = true;
    }
    return deliver(subscription, batch, attempt, this.#closing.signal);
  }

  async #wait(seconds: number): Promise<void> {
    const ms = seconds * 1000 * this.#world.settings.timeScale;
    await sleep(ms, undefined, { signal: this.#closing.signal, ref: false }).catch(() => undefined);
  }

  #track(work: Promise<void>): void {
    const tracked = work.finally(() => this.#inFlight.delete(tracked));
    this.#inFlight.add(tracked);
  }
}

/** How long, times `timeScale`, an event is held for another one to overtake it. */
const REORDER_SECONDS = 2;
