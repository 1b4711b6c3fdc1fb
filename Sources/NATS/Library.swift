import CNATS

/// Ends the threads of the client library, once every connection is released.
///
/// Without it they run on while the process exits, and may use what its exit has already freed.
package func closeLibrary() {
    nats_CloseAndWait(2000)
}
