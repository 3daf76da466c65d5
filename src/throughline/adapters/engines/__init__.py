"""The engines that execute a contract where its data lies, each in a file of its own."""
