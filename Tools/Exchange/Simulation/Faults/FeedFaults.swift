/// Applies the faults to the messages of one connection: a value without a clock of its own.
package struct FeedFaults: Sendable {
    /// An action on the connection; several are done in order.
    package enum Step: Sendable, Equatable {
        /// - Parameter pieces: Frames to cut it into.
        case send([UInt8], pieces: Int)
        case drip([UInt8], bytes: Int, pause: Duration)
        /// In two frames, with a PING between.
        case interrupt([UInt8])
        case reset
        case fin
        case close(code: UInt16, reason: String)
        /// Stop reading, or read again.
        case pause(Bool)
    }

    private let feed: String
    private let opened: Duration
    private var count = 0
    private var version = -1
    /// By a fault's index in the plan: when the clock last fired it, and which have fired on this connection.
    private var lastTime: [Int: Duration] = [:]
    private var struck: Set<Int> = []
    private var frozenUntil: Duration?
    private var isHalfOpen = false
    private var gathering: [[UInt8]] = []
    private var heldBack: [UInt8]?
    private var lastMessage = Duration.zero

    package init(feed: String, openedAt now: Duration) {
        self.feed = feed
        opened = now
    }

    package var isFrozen: Bool { frozenUntil != nil }

    /// True if not even pings are answered.
    package var isDead: Bool { isHalfOpen }

    /// Considers one message of the given type.
    package mutating func pass(
        _ message: [UInt8], type: String, plan: inout FaultPlan, at now: Duration
    ) -> [Step] {
        notice(plan)
        var steps = thaw(at: now)
        guard frozenUntil == nil else { return steps }
        count += 1
        lastMessage = now
        var shape = Shape(message)
        for index in plan.entries.indices {
            let fault = plan.entries[index].fault
            guard case .feed(let action) = fault.action, fault.concerns(feed), !fault.trigger.isTimed else {
                continue
            }
            if case .silence(let only) = action, only.map({ $0 != type }) ?? false { continue }
            if action.isOfConnection, !fault.trigger.isRepeated, struck.contains(index) { continue }
            if case .refuse = action { continue }
            guard plan.fires(index, count: count, at: now) else { continue }
            struck.insert(index)
            if action.isOfConnection {
                steps += strike(action, at: now)
                if frozenUntil != nil || ends(action) { return steps }
            } else {
                shape.apply(action)
            }
        }
        return steps + compose(shape)
    }

    /// Fires what the clock fires, and releases what was held back too long.
    package mutating func tick(plan: inout FaultPlan, at now: Duration) -> [Step] {
        notice(plan)
        var steps = thaw(at: now)
        for index in plan.entries.indices {
            let fault = plan.entries[index].fault
            guard case .feed(let action) = fault.action, fault.concerns(feed),
                isDue(index, fault, action, at: now)
            else { continue }
            lastTime[index] = now
            // The chance is drawn once for each moment, not again at every tick.
            if fault.trigger.probability != nil { struck.insert(index) }
            guard plan.fires(index, count: Int.max, at: now) else { continue }
            struck.insert(index)
            if action.isOfConnection {
                steps += strike(action, at: now)
                if ends(action) { return steps }
            } else if frozenUntil == nil {
                var shape = Shape(nil)
                shape.apply(action)
                steps += compose(shape)
            }
        }
        if now - lastMessage > .milliseconds(300) { steps += release() }
        return steps
    }

    /// Releases what was held back, so that nothing is lost.
    package mutating func release() -> [Step] {
        defer { (heldBack, gathering) = (nil, []) }
        guard frozenUntil == nil else { return [] }
        return (heldBack.map { [$0] } ?? []).map { .send($0, pieces: 1) }
            + (gathering.isEmpty ? [] : [.send(arrayText(gathering), pieces: 1)])
    }

    private mutating func notice(_ plan: FaultPlan) {
        guard plan.version != version else { return }
        (version, lastTime, struck) = (plan.version, [:], [])
    }

    private func isDue(_ index: Int, _ fault: Fault, _ action: FeedAction, at now: Duration) -> Bool {
        let trigger = fault.trigger
        if case .refuse = action { return false }
        if let period = trigger.everyPeriod { return now - (lastTime[index] ?? opened) >= period }
        if let moment = trigger.at { return !struck.contains(index) && now - opened >= moment }
        return action.isOfConnection && trigger.isImmediate && !struck.contains(index)
    }

    private mutating func strike(_ action: FeedAction, at now: Duration) -> [Step] {
        switch action {
        case .reset: return [.reset]
        case .fin: return [.fin]
        case .close(let code, let reason): return [.close(code: code, reason: reason)]
        case .freeze(let length):
            frozenUntil = length.map { now + $0 } ?? .seconds(1 << 40)
            return []
        case .halfOpen(let length):
            frozenUntil = length.map { now + $0 } ?? .seconds(1 << 40)
            isHalfOpen = true
            return [.pause(true)]
        case .refuse, .drip, .fragment, .ping, .giant, .badUTF8, .empty, .unknownTopic, .malformed, .array,
            .duplicate,
            .reorder, .silence:
            return []
        }
    }

    private func ends(_ action: FeedAction) -> Bool {
        switch action {
        case .reset, .fin, .close: true
        default: false
        }
    }

    private mutating func thaw(at now: Duration) -> [Step] {
        guard let end = frozenUntil, now >= end else { return [] }
        frozenUntil = nil
        defer { isHalfOpen = false }
        return isHalfOpen ? [.pause(false)] : []
    }

    private mutating func compose(_ shape: Shape) -> [Step] {
        var steps: [Step] = shape.extras.map { .send($0, pieces: 1) }
        guard let message = shape.message, !shape.isSilent else { return steps }
        if let size = shape.gathered {
            gathering.append(message)
            guard gathering.count >= size else { return steps }
            steps.append(.send(arrayText(gathering), pieces: 1))
            gathering = []
            return steps
        }
        if shape.isHeldBack, heldBack == nil {
            heldBack = message
            return steps
        }
        for _ in 0...shape.copies {
            if let drip = shape.drip {
                steps.append(.drip(message, bytes: drip.bytes, pause: drip.pause))
            } else if shape.isInterrupted {
                steps.append(.interrupt(message))
            } else {
                steps.append(.send(message, pieces: shape.pieces.map { $0 == 0 ? message.count : $0 } ?? 1))
            }
        }
        if let held = heldBack {
            heldBack = nil
            steps.append(.send(held, pieces: 1))
        }
        return steps
    }
}

/// One message while the faults are applied to it.
private struct Shape {
    let message: [UInt8]?
    var extras: [[UInt8]] = []
    var isSilent = false
    var isHeldBack = false
    var isInterrupted = false
    var copies = 0
    var pieces: Int?
    var drip: (bytes: Int, pause: Duration)?
    var gathered: Int?

    init(_ message: [UInt8]?) { self.message = message }

    mutating func apply(_ action: FeedAction) {
        switch action {
        case .drip(let bytes, let pause): drip = (max(bytes, 1), pause)
        case .fragment(let count): pieces = count
        case .ping: isInterrupted = true
        case .giant(let bytes):
            let head = Array(#"{"topic":"activity","type":"giant","payload":{"text":""#.utf8)
            extras.append(
                head + Array(repeating: UInt8(ascii: "x"), count: max(bytes - head.count - 3, 0))
                    + Array(#""}}"#.utf8))
        case .badUTF8:
            extras.append(
                Array(#"{"topic":"activity","type":""#.utf8) + [0xC3, 0x28, 0xFF] + Array(#""}"#.utf8))
        case .empty: extras.append([])
        case .unknownTopic:
            extras.append(
                Array(
                    #"{"topic":"comments","type":"comment_created","timestamp":1,"payload":{"body":"hello"}}"#
                        .utf8))
        case .malformed:
            extras.append(Array(#"{"topic":"activity","type":"trades","payload":{"asset":"#.utf8))
        case .array(let count): gathered = max(count, 1)
        case .duplicate: copies += 1
        case .reorder: isHeldBack = true
        case .silence: isSilent = true
        case .refuse, .reset, .fin, .close, .freeze, .halfOpen: break
        }
    }
}

private func arrayText(_ messages: [[UInt8]]) -> [UInt8] {
    [UInt8(ascii: "[")] + Array(messages.joined(separator: [UInt8(ascii: ",")])) + [UInt8(ascii: "]")]
}
