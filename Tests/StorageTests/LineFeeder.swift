import Foundation
import Synchronization
import TestSupport

/// Writes lines to a process on a thread of its own, which may block.
final class LineFeeder: Sendable {
    private let isDone = Atomic<Bool>(false)

    init(lines: [String], to child: ChildProcess) {
        Thread.detachNewThread { [self] in
            for line in lines { try? child.write(line + "\n") }
            isDone.store(true, ordering: .releasing)
        }
    }

    var hasFinished: Bool { isDone.load(ordering: .acquiring) }
}
