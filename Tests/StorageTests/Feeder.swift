import Foundation
import Synchronization
import TestSupport

/// Writes lines to a process from a thread of its own, which may have to wait.
final class Feeder: Sendable {
    private let isDone = Atomic<Bool>(false)

    init(lines: [String], to child: ChildProcess) {
        Thread.detachNewThread { [self] in
            for line in lines { try? child.write(line + "\n") }
            isDone.store(true, ordering: .releasing)
        }
    }

    func hasFinished(within limit: Duration) -> Bool {
        eventually(within: limit) { isDone.load(ordering: .acquiring) }
    }
}
