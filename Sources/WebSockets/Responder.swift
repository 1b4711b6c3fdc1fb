/// Responds to one request, now or later, on the loop's thread.
///
/// Only the first response counts; a response to a peer that has disconnected does nothing. A responder that
/// is released without a response sends 500.
package final class Responder {
    private weak var peer: HTTPPeer?
    private let number: Int

    init(peer: HTTPPeer, number: Int) {
        self.peer = peer
        self.number = number
    }

    deinit {
        peer?.respond(to: number, Response(status: 500))
    }

    /// - Parameter count: Bytes at the end that Content-Length announces but that are not sent: the
    ///   connection ends there. The default is 0.
    package func respond(_ response: Response, withholding count: Int = 0) {
        peer?.respond(to: number, response, withholding: count)
    }

    /// Closes the connection without a response.
    package func hangUp(resetting: Bool = false) {
        peer?.hangUp(number, resetting: resetting)
    }
}
