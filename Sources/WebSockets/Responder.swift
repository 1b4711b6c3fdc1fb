/// The way back to whoever sent a request: answer now or later, on the loop's thread, or hang up.
///
/// Once: what comes after the first answer does nothing, nor does an answer to a peer that has left. One let
/// go of without an answer answers 500.
package final class Responder {
    private weak var peer: HTTPPeer?
    private let number: Int

    init(peer: HTTPPeer, number: Int) {
        self.peer = peer
        self.number = number
    }

    deinit {
        peer?.answer(number, Response(status: 500))
    }

    /// - Parameter count: Bytes at the end that are promised and not sent: the connection ends there. The
    ///   default is 0.
    package func respond(_ response: Response, withholding count: Int = 0) {
        peer?.answer(number, response, withholding: count)
    }

    /// Ends the connection without an answer.
    package func hangUp(resetting: Bool = false) {
        peer?.hangUp(number, resetting: resetting)
    }
}
