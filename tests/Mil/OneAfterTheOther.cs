// libtorch's number of threads and its flags are the process's: tests that set them must not run beside others.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
