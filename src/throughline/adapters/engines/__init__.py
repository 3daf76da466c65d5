"""Engines that execute a contract where its data lies, a file for each; `running.run_contract` is the door."""
