/// The programs of the worker as one target: its dependencies are the executables, so a build of it makes them all.
enum Worker {}
